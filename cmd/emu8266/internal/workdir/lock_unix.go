//go:build unix && !aix && !solaris

package workdir

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock waits until no other run works in the folder. It ends with the file, and with the process.
func lock(f *os.File) error {
	for end := time.Now().Add(lockWait); ; time.Sleep(lockLook) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(end) {
			return ErrBusy
		}
	}
}
