//go:build !unix || aix || solaris

package workdir

import "os"

// lock: this system has no simple lock that ends with the process; two runs in one folder are not noticed here.
func lock(*os.File) error { return nil }
