//go:build !static

// The package has a function without a body (cgocall.go).
