package proto

import "mmt/analyzer/dpi"

// Load returns the registry of all protocols and the services that own host
// names and addresses.
func Load() (*dpi.Registry, dpi.Services, error) {
	reg, err := NewRegistry()
	return reg, nil, err
}
