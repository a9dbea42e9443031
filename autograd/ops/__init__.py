"""The operations, one room per family. Importing them fills the registry and gives Tensor its methods."""
