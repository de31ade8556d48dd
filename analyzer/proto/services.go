package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application/hosts"
)

// Load returns the registry of all protocols and the services that own host
// names and addresses.
func Load() (*dpi.Registry, dpi.Services, error) {
	reg, err := NewRegistry()
	if err != nil {
		return nil, nil, err
	}
	table, err := hosts.Load()
	if err != nil {
		return nil, nil, err
	}
	return reg, services{table}, nil
}

// services makes a table of hosts what a handler asks.
type services struct{ table *hosts.Table }

// ByHost implements dpi.Services.
func (s services) ByHost(host []byte) (dpi.ProtocolID, bool) {
	id, ok := s.table.Lookup(host)
	return dpi.ProtocolID(id), ok
}

// ByAddr implements dpi.Services.
func (s services) ByAddr(addr *[16]byte) (dpi.ProtocolID, bool) {
	id, ok := s.table.LookupAddr(*addr)
	return dpi.ProtocolID(id), ok
}

// registerServices registers the services that are not registered as protocols
// of the same number.
func registerServices(reg *dpi.Registry) error {
	table, err := hosts.Load()
	if err != nil {
		return err
	}
	for _, app := range table.Applications() {
		number := dpi.ProtocolID(app.ID)
		if reg.IsRegistered(number) {
			continue
		}
		if err := reg.Register(dpi.Protocol{ID: number, Name: app.Name, Class: dpi.Class(app.Class), Service: true}); err != nil {
			return err
		}
	}
	return nil
}
