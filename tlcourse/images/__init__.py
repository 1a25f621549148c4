"""Files to pictures, pictures to a data set."""
