package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// model returns what kong makes the command line's model of: cli, or as much of it as the arguments need. The whole model is made of some
// 600 flags, which takes longer than all else that happens before a command begins.
func model(args []string) any {
	whole := reflect.TypeFor[cli]()
	version, _ := whole.FieldByName("Version")
	fields := []reflect.StructField{version}
	switch {
	case len(args) == 1 && args[0] == "--version":
	case len(args) == 0 || slices.Contains([]string{"completion", "man"}, args[0]): // these tell of all
		return new(cli)
	default:
		field, found := whole.FieldByNameFunc(func(name string) bool { return name != version.Name && strings.ToLower(name) == args[0] })
		if !found {
			return new(cli)
		}
		fields = append(fields, field)
	}
	return reflect.New(reflect.StructOf(fields)).Interface()
}

// subcommands are the commands of a node of the model that --help shows.
func subcommands(n *kong.Node) (list []*kong.Node) {
	for _, c := range n.Children {
		if c.Type == kong.CommandNode && !c.Hidden {
			list = append(list, c)
		}
	}
	return list
}

// shownFlags are the flags among those given that --help shows.
func shownFlags(flags []*kong.Flag) (list []*kong.Flag) {
	for _, f := range flags {
		if !f.Hidden {
			list = append(list, f)
		}
	}
	return list
}
