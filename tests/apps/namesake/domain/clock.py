NOON = "noon of the namesake"
