//go:build !unix || aix || solaris

package flash

import "os"

// lock: this system has no simple lock that ends with the process; two devices on one image are not noticed here.
func lock(*os.File) error { return nil }
