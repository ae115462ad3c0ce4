SHELF = "the shelf of the namesake"
