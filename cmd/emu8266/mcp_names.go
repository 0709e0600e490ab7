package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/emu8266/emu8266/cmd/internal/near"
)

// nearNames answers a call of a tool that there is none of, or whose arguments have a name that the tool does not know or lack one that
// it needs, with the name that was meant. The schema alone would say that properties are unexpected.
func (s *mcpServer) nearNames(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		call, ok := req.(*mcp.CallToolRequest)
		if !ok {
			return next(ctx, method, req)
		}
		takes := s.takes[call.Params.Name]
		if takes == nil {
			text := noSuch("there is no tool", call.Params.Name, slices.Sorted(maps.Keys(s.takes)))
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: text}
		}
		if text := wrongArgument(takes, call.Params.Arguments); text != "" {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: call.Params.Name + ": " + text}}, IsError: true}, nil
		}
		return next(ctx, method, req)
	}
}

// wrongArgument says which argument is none of a tool's, or is not there, "" for none. What is no object is left to the schema.
func wrongArgument(takes *jsonschema.Schema, raw json.RawMessage) string {
	var args map[string]json.RawMessage
	if len(raw) > 0 && json.Unmarshal(raw, &args) != nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if takes.Properties[name] == nil {
			return noSuch("there is no argument", name, slices.Sorted(maps.Keys(takes.Properties)))
		}
	}
	for _, name := range takes.Required {
		if args[name] == nil {
			return fmt.Sprintf("give the argument %s: %s", name, takes.Properties[name].Description)
		}
	}
	return ""
}

// noSuch names the name that was meant: the nearest, one with a word of it, or all there are.
func noSuch(what, name string, names []string) string {
	const most = 40 // bytes of the name that are repeated
	short := name[:min(len(name), most)]
	if other := near.Name(short, names); other != "" {
		return fmt.Sprintf("%s %q: did you mean %s?", what, short, other)
	}
	for _, word := range strings.FieldsFunc(short, func(r rune) bool { return r == '_' || r == '-' }) {
		if slices.Contains(names, word) {
			return fmt.Sprintf("%s %q: did you mean %s?", what, short, word)
		}
	}
	return fmt.Sprintf("%s %q; there are %s", what, short, strings.Join(names, ", "))
}
