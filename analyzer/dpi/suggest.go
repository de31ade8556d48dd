package dpi

import "fmt"

// unknownAttribute explains that protocol.attribute does not exist and names
// the nearest one that does.
func (r *Registry) unknownAttribute(protocol, attribute string) error {
	id, ok := r.byName[protocol]
	if !ok {
		near := nearest(protocol, func(yield func(string)) {
			for name := range r.byName {
				yield(name)
			}
		})
		return fmt.Errorf("protocol %s is unknown%s", protocol, didYouMean(near))
	}
	near := nearest(attribute, func(yield func(string)) {
		for _, a := range r.protocols[id].sorted {
			yield(a.Name)
		}
	})
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

// nearest returns the name with the smallest edit distance to word, "" if none
// is near. Of equally near ones it returns the first in order.
func nearest(word string, names func(yield func(string))) string {
	best, bestDistance := "", max(len(word)/2, 2)+1
	names(func(name string) {
		d := editDistance(word, name)
		if d < bestDistance || d == bestDistance && best != "" && name < best {
			best, bestDistance = name, d
		}
	})
	return best
}

// editDistance is the Levenshtein distance of two names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
