"""Values with a form of their own: numbers, amounts of money, dates, codes, colours and sizes."""
