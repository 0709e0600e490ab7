package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// vendorVersion is how the SDK tells its own version, from 2.2 on: major, minor and patch, a byte each in hexadecimal.
var vendorVersion = regexp.MustCompile(`(?m)^#define\s+ESP_SDK_VERSION_NUMBER\s+0x(\d\d)(\d\d)\d\d\b`)

// vendor finds the vendor's headers below the folder that Options name: the SDK itself, or its folder include. It sets Version
// if that is empty.
func (o *Options) vendor() error {
	root := o.abs(o.SDK)
	if filepath.Base(root) == "include" && !isDir(filepath.Join(root, "include")) {
		root = filepath.Dir(root)
	}
	if _, err := os.Stat(filepath.Join(root, "include", "osapi.h")); err != nil {
		return fmt.Errorf("%s is no SDK: there is no include/osapi.h in it; give the folder that the vendor's SDK was unpacked to", o.SDK)
	}
	o.SDK = root
	if o.Version != "" {
		return nil
	}
	text, err := readText(filepath.Join(root, "include", "version.h"))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s does not tell its version, as SDKs before 2.2: say which it is, 2.0 or 2.1 (--sdk-version)", o.SDK)
	}
	m := vendorVersion.FindSubmatch(text)
	if err != nil || m == nil {
		return errors.Join(fmt.Errorf("%s: no version in include/version.h: say which it is (--sdk-version)", o.SDK), err)
	}
	o.Version = fmt.Sprintf("%c.%c", m[1][1], m[2][1])
	if versions[o.Version] == "" {
		return fmt.Errorf("%s is SDK %s, which the emulator does not know: 2.0, 2.1, 2.2, 3.0", o.SDK, o.Version)
	}
	return nil
}
