package boot_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

func TestBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // virtual time: ten seconds take no time
		d := emulator.NewTest(t, emulator.Config{})
		if err := d.Boot(emulator.Go(userInit)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		t.Log("address:", d.Addr())
	})
}

func userInit(sdk *emulator.SDK) { sdk.OsPrintf("%u bytes free\n", sdk.SystemGetFreeHeapSize()) }
