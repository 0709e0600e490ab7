// Package emulator is the device: an ESP8266 on which firmware written against the NonOS SDK runs, and the door for those who
// test it.
//
// [Config] describes a device, [NewTest] makes one for a test and [New] one for a program, [Device.Boot] gives it [Firmware]:
// of [Go], or C firmware of package wasm. [Device] is what a test holds: Do, WaitLog, Explain, the access point, faults,
// [Pins], [UART], [I2C]. Everything else has a room of its own:
//
//   - emulator/sdk: the SDK's functions for firmware in Go, each with its rules
//   - emulator/wifi and emulator/chip: the SDK's constants and structs
//   - emulator/board: what a kind of firmware gets to stand on
//   - emulator/trace, emulator/explain: what happened, and why
//   - emulator/devtest: TLS servers and waiting for tests; emulator/virtual: virtual time outside go test
//
// # Rules
//
//   - One device is one goroutine. Frames, os_timers, tasks and every callback of the firmware run on it, to completion,
//     one after the other, as on the chip. Only interrupt handlers come in between, where a callback lets time pass or
//     changes what interrupts. Firmware needs no lock. Other goroutines read or change what firmware owns
//     only inside [Device.Do]. In a callback of the device Do runs at once, and so does everything that is built on it: Addr,
//     HeapStats, SetLink, Pins.
//   - After each frame and after each timer all posted tasks run, highest ETS priority first (espconn 26, TLS 25, user
//     2..0), before the next frame or timer. Frames that arrive at an instant come before the timers of that instant.
//   - Package time is the clock. In a testing/synctest bubble a device runs in virtual time; nothing here knows.
//     A device has no time.Timer of its own: it sleeps on the alarm of its network port, so the order of frames and
//     timers does not depend on the scheduler.
//   - Computing takes no time, unless Config.CPU is Estimated. Choice: a task that posts itself, or a timer of 0 ms that arms
//     itself again, would stop virtual time for ever; after 1,000 task runs in one instant the loop goes on 5 ms later, which
//     is what they take on the chip, and 100 µs is the shortest timer.
//   - The device reaches its virtual network and nothing else. The way out is the network's Gateway, and only to what
//     was allowed there.
//   - Close ends the goroutine, the port and, if the device made it, the network.
//
// # Firmware
//
// [Firmware] is anything that can boot on a [Board]. [Go] makes firmware from a Go function that plays user_init; it
// gets an [SDK], whose methods are the SDK's functions by rule (package sdk): strip espconn_, capitalise after each underscore
// (system_get_free_heap_size is SystemGetFreeHeapSize, espconn_secure_connect is SecureConnect).
// As on the chip, nothing happens inside user_init: Wi-Fi starts, timers fire and tasks run after it has returned.
//
// # Resets
//
// system_restart and deep sleep end the firmware about 100 ms after the call; the device then boots the same [Firmware]
// again by itself. After an exception or a watchdog it stays halted unless [Config].AutoReboot is set. [Device.Reset] is
// the reset button, [Device.PowerCycle] the plug: after both, and after a crash, [Device.Boot] starts again.
// system_get_rst_info tells each boot which it was. Flash, RTC memory and the saved Wi-Fi settings outlive a reset.
//
// # Wi-Fi
//
// The station joins Config.AccessPoint or one of Config.Neighbors; all lead to the device's network. In mode SoftAPMode or
// StationAPMode the device has a second interface behind a radio cell of its own: vnet.Network.Join makes a host its
// station. Nothing is forwarded between the two (lwip.md 8). Scans find the access points and the soft-APs of other devices.
// [Device.SmartConfig] is a phone with an app that tells the station its access point.
//
// # Upgrades over the air
//
// Firmware given to [Device.Boot] does not lie in the flash. What system_upgrade_start or firmware's own download puts into
// a slot does: an image of image.BuildUser, whose program [Config].Program turns into firmware when the device boots it.
// The boot header in the system parameters says which slot runs; internal/soc/loader.go has the rules. Boot(nil) boots what power-on
// would.
//
// # Pins and peripherals
//
// [Device.Pins] is the board around the chip: it drives inputs, waits for outputs and records them, with the PWM's pulses.
// [Device.UART] is the other end of the serial lines, [Device.I2C] the bus for sensors. What they do reaches the device at
// once, also while firmware waits in os_delay_us, and its interrupt handlers (ets_isr_attach) run then. Firmware uses gpio_*,
// pwm_*, hw_timer_*, i2c_master_*, key_* and registers (READ_PERI_REG) as on the chip: SDK.GpioOutputSet, SDK.ReadPeriReg.
//
// # Tests
//
// [NewTest] boots nothing but gives a device that logs to the test, prints its seed, and is closed at the end.
// [Device.WaitLog] and [Device.WaitEvent] wait for what the device does, [Device.Explain] tells why a connection failed.
// Servers are hosts of [Device.Network]: vnet.Network.Host, then Listen as with package net.
//
// What can go wrong, each a line of a test: the access point goes ([Device.SetLink], [Device.SetAccessPointInRange]); the
// server restarts (vnet.Host.Close, then Network.Host with the same address); frames are lost, late or cut off
// (Network.SetFaults, Network.Partition); the server misbehaves (package badpeer); memory runs out ([Device.FailAlloc],
// [Device.FailBlock]); the radio has no free buffer ([Device.RefuseFrames]); the flash fails (package flash); power goes
// ([Device.PowerCycle]).
//
// Names such as lwip.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package emulator
