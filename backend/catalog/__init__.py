"""What the shop sells: products, their variants, what each costs and whether it can be had."""
