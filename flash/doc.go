// Package flash is the device's SPI NOR flash: the chip, and the certificate images that the SDK's TLS loads from it.
//
// Rules of the package:
//
//   - A [Chip] behaves like NOR flash (sdk-surface.md, Flash): erased bytes are 0xFF, erasing works by sectors of 4,096
//     bytes, writing only clears bits: the result is old AND new. Nothing has to be erased first; a write that would have
//     to set bits is not an error on the chip, only a fact in its [Event].
//   - Writes are aligned to 4 bytes in address and length, reads are free (sdk-surface.md, spi_flash_write and
//     spi_flash_read). Rounding a length up, as the SDK does, is the caller's task.
//   - Nothing is rounded, cut or wrapped: an operation outside the chip or out of alignment changes nothing and returns an
//     [*OpError] that says what was attempted.
//   - Sectors that are erased cost no memory.
//   - Operations take no time here; erase and write times belong to the emulator's clock.
//   - [CertImage] is the layout of esp_ca_cert.bin and esp_cert_private_key.bin (tls.md 4.4).
//
// Package flashtest checks any implementation of [Device].
package flash
