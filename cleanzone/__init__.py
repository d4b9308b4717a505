"""The way out: promotion on a receipt, restore sets and delivery."""
