package rules

// applicationGoldens are the tests of the rules from 1100 on.
func applicationGoldens() []golden { return nil }
