//go:build !linux

package vnet

import (
	"errors"
	"fmt"
	"io"
)

// TAP connects a TAP interface of the Linux kernel to the switch; elsewhere it fails with errors.ErrUnsupported.
func (n *Network) TAP(name string) (io.Closer, error) {
	return nil, fmt.Errorf("vnet: tap %s: %w", name, errors.ErrUnsupported)
}
