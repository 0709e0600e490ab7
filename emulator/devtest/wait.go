package devtest

import (
	"context"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// TB is the part of testing.TB that this package uses; *testing.T, *testing.B and *testing.F have it.
type TB = emulator.TB

// Patience is how long [Boot] and [WaitLog] wait, in the device's time.
const Patience = 5 * time.Minute

// Boot boots firmware and returns when the station has its address. A test whose device is a soft-AP only, or must be seen
// before that, uses Device.Boot.
func Boot(tb TB, d *emulator.Device, fw emulator.Firmware) {
	tb.Helper()
	var before uint64
	if events := d.Trace().Events(); len(events) > 0 {
		before = events[len(events)-1].Seq
	}
	if err := d.Boot(fw); err != nil {
		tb.Fatalf("boot: %v", err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	_, err := d.WaitEvent(ctx, func(e trace.Event) bool {
		return e.Seq > before && e.Source == trace.SourceWiFi && e.Kind == trace.KindStatus && e.Value == int64(wifi.StationGotIP)
	})
	if err != nil {
		tb.Fatalf("%s has no address: %v\n%s", d.Name(), err, d.Explain())
	}
}

// WaitLog waits for lines on UART0 that contain the texts, one after the other; each call goes on behind the line that the
// last one found (see Device.WaitLog).
func WaitLog(tb TB, d *emulator.Device, texts ...string) {
	tb.Helper()
	for _, text := range texts {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		_, err := d.WaitLog(ctx, text)
		cancel()
		if err != nil {
			tb.Fatalf("%s prints no line with %q: %v\n%s", d.Name(), text, err, d.Explain())
		}
	}
}
