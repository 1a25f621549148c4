"""What came out, how sure, and to whom it goes."""
