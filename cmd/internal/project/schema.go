package project

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema is the JSON Schema of a project's file, made of the Go type, for editors. It ends with a line end.
func Schema() []byte {
	s := schemaOf("", reflect.TypeFor[Project]())
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = FileName
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // maps of texts
	}
	return append(b, '\n')
}

// schemaOf describes a table of keys.
func schemaOf(before string, t reflect.Type) map[string]any {
	properties := map[string]any{}
	for name, f := range fields() {
		rest, ok := strings.CutPrefix(name, before)
		if !ok || strings.Contains(rest, ".") {
			continue
		}
		var p map[string]any
		switch {
		case table(f.Type) != nil:
			p = schemaOf(name+".", table(f.Type))
		case f.Type.Kind() == reflect.Slice:
			p = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
		case f.Type.Kind() == reflect.Bool:
			p = map[string]any{"type": "boolean"}
		case f.Type.Kind() == reflect.String:
			p = map[string]any{"type": "string"}
		default:
			p = map[string]any{"type": "integer"}
		}
		if e := enums[name]; e != nil {
			p["enum"] = e
		}
		if r, ok := ranges[name]; ok {
			p["minimum"], p["maximum"] = r.least, r.most
			if r.multiple > 1 {
				p["multipleOf"] = r.multiple
			}
		}
		p["description"] = help(name)
		properties[rest] = p
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}
