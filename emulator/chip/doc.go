// Package chip holds the words for what the chip and its system are made of: reasons of resets, crashes, figures of the
// heap, pins, PWM channels, interrupt numbers, the addresses of registers. Names that the SDK has follow the rule of package
// emulator: struct rst_info is RstInfo, GPIO_PIN_INTR_POSEDGE is GPIOPinIntrPosedge.
//
// All of it is plain data without behaviour: values may be copied, compared and used from any goroutine.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package chip
