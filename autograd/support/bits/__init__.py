"""The same bits on every processor: arrays whose products, sums and elementary functions no library decides."""
