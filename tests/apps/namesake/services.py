GREETING = "hello from the namesake"
