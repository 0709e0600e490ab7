//go:build unix && !aix && !solaris

package flash

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other devices from opening the same image. It ends with the file, and with the process.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
