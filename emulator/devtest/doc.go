// Package devtest has what a test of firmware needs beside the device: a TLS server with its own CA in one call, boot and
// wait for an address, and waiting for lines.
//
//	func TestBufferTooSmall(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			d := emulator.NewTest(t, emulator.Config{})
//			devtest.TLSServer(t, d.Network(), devtest.Options{ChainLen: 2300})
//			devtest.Boot(t, d, firmware)
//			devtest.WaitLog(t, d, "reconnect callback, err -114")
//		})
//	}
//
// Rules:
//
//   - Whatever a test starts here ends with it, by Cleanup. What is started later ends earlier, so make the device, or its
//     network, first.
//   - All waiting is on package time: in a bubble of testing/synctest it costs nothing.
//   - A failure ends the test through the given [TB], with the device's explanation where there is one.
//   - Certificates are made with the keys of package testpki: they protect nothing.
package devtest
