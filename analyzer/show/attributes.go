package show

import (
	"bufio"
	"fmt"
	"io"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
)

// Attributes prints every protocol and, under it, every attribute with its
// type, length, position and scope: tab-separated, one a line.
func Attributes(out io.Writer) error {
	reg, _, err := proto.Load()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "#protocol_id\tprotocol\tattribute_id\tattribute\ttype\tlength\tposition\tscope")
	for p := range reg.Protocols {
		fmt.Fprintf(w, "%d\t%s\n", p.ID, p.Name)
		reg.Attributes(p.ID, func(a *dpi.Attribute) bool {
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%d\t%d\t%s\n", p.ID, p.Name, a.ID, a.Name, a.Type, a.Len, a.Pos, a.Scope)
			return true
		})
	}
	return w.Flush()
}
