//go:build !(dpdk && cgo && linux)

package dpdk

import (
	"errors"

	"mmt/dataplane"
)

// Version is that of DPDK, "" in this build.
func Version() string { return "" }

var errBuild = errors.New("this build has no DPDK: make build-dpdk")

// Device is what this build does not have.
type Device struct{}

// Source is what this build does not have.
type Source struct{ dataplane.Live }

// Open says what is wrong with its arguments, else that there is no DPDK.
func Open(ports string, o Options) (*Device, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if _, err := splitPorts(ports); err != nil {
		return nil, err
	}
	if _, err := ealArguments(o.EAL, 0); err != nil {
		return nil, err
	}
	return nil, errBuild
}

// Sources returns nothing.
func (*Device) Sources() []*Source { return nil }

// Share returns nothing.
func (*Device) Share() Share { return Unknown }

// Ports returns nothing.
func (*Device) Ports() []Port { return nil }

// Extended returns nothing.
func (*Device) Extended(int) (map[string]uint64, error) { return nil, errBuild }

// Copied returns nothing.
func (*Device) Copied() uint64 { return 0 }

// Close does nothing.
func (*Device) Close() error { return nil }
