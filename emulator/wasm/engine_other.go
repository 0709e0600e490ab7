//go:build !js

package wasm

import "github.com/tetratelabs/wazero/api"

// browserImage is what a browser's engine keeps of an image: nothing here.
type browserImage struct{}

func (*browserImage) keep([]byte) {}

// instantiate makes an instance for a guest: in wazero.
func (i *Image) instantiate(g *guest) (api.Module, error) { return i.instance(g) }
