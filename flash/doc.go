// Package flash is the device's SPI NOR flash: the chip, its wear and its failures. What lies in it - firmware images,
// partitions, the SDK's parameters, certificates - is read and written by package flash/image.
//
// The chip:
//
//   - A [Chip] behaves like NOR flash (sdk-surface.md, Flash): erased bytes are 0xFF, erasing works by sectors of 4,096
//     bytes, writing only clears bits: the result is old AND new. Nothing has to be erased first; a write that would have
//     to set bits is not an error on the chip, only a fact in its [Event] (Lost).
//   - Writes are aligned to 4 bytes in address and length, reads are free. Nothing is rounded, cut or wrapped: an
//     operation outside the chip or out of alignment changes nothing and returns an [*OpError] that says what was
//     attempted. [SpiWrite] and its sisters are the SDK's functions with the SDK's rounding and result codes.
//   - A write is carried out page by page (256 bytes), upwards. A page program and a sector erasure are one step each;
//     steps are what power cuts, wear counts and [Timing] know.
//   - Operations take no time here. With [Chip.Timing] set, the [Outcome] of each says how long a real chip would have been
//     busy; letting that time pass is the emulator's task, and so is ending the firmware when power was cut. The observer
//     only tells.
//
// Where the content lives:
//
//   - [New] is a chip in memory; erased sectors cost nothing.
//   - [Chip.Snapshot] costs a few words whatever the size of the chip. [Snapshot.Chip] gives a chip that shares everything
//     with the snapshot and copies a sector when it first changes it: thousands of devices over one base image.
//   - [Open] is a chip whose content is a file, the plain bytes of the flash. What a killed process leaves in the file is
//     stated, with the reason, at [Open].
//
// Goroutines: a [Chip] belongs to one goroutine at a time, as a device's peripheral does. A [Snapshot] never changes and may
// be used by any number of goroutines. Everything else is values and functions without state.
//
// Package flashtest checks any implementation of [Device], and cuts the power at every step of a scenario.
//
// Names such as sdk-surface.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package flash
