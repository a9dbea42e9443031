"""The same bits on every processor: arrays whose products, sums and elementary functions depend on no library's choice."""
