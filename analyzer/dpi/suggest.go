package dpi

import (
	"fmt"
	"maps"
	"slices"

	"mmt/suggest"
)

// unknownAttribute explains that protocol.attribute does not exist and names
// the nearest one that does.
func (r *Registry) unknownAttribute(protocol, attribute string) error {
	id, ok := r.byName[protocol]
	if !ok {
		near := suggest.Nearest(protocol, slices.Sorted(maps.Keys(r.byName)))
		return fmt.Errorf("protocol %s is unknown%s", protocol, didYouMean(near))
	}
	var names []string
	for _, a := range r.protocols[id].sorted {
		names = append(names, a.Name)
	}
	near := suggest.Nearest(attribute, names)
	if near != "" {
		near = protocol + "." + near
	}
	return fmt.Errorf("attribute %s.%s is unknown%s", protocol, attribute, didYouMean(near))
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", name)
}
