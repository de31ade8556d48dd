// Package eve holds the schema of the lines that the probe writes with
// output.format = EVE, and checks lines against it. Only tests need it: it does
// not know how the lines are made.
package eve

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is the JSON schema (draft 2020-12) of a line.
//
//go:embed schema.json
var Schema []byte

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
})

// Check returns what is wrong with a line, nil if it is one JSON object that the
// schema allows.
func Check(line []byte) error {
	schema, err := compiled()
	if err != nil {
		return fmt.Errorf("schema.json: %w", err)
	}
	if bytes.ContainsAny(bytes.TrimSuffix(line, []byte("\n")), "\r\n") {
		return fmt.Errorf("more than one line: %q", line)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("%w in %q", err, line)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%w in %s", err, line)
	}
	return nil
}
