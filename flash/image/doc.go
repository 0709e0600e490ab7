// Package image is what lies in a device's flash: firmware images, boot header, partitions, the SDK's own parameters,
// certificate images, and the maps that say what belongs where.
//
//   - [SizeMap] is the SDK's flash size map, [SizeMap.Layout] and [PartitionTable.Layout] say what is where, and
//     [Layout.CheckCertSector] whether certificates may lie at a sector.
//   - [Parse] reads a firmware image and checks its sums; [BuildUser] makes one around a program that the emulator runs;
//     [Scan] finds the images of a chip. [BootHeader] decides which of two programs starts.
//   - [Certs] is the content of esp_ca_cert.bin and esp_cert_private_key.bin.
//   - [RegisterPartitions] judges a partition table as SDK 3.0.6 does.
//   - [SystemParamSaveWithProtect] and [SystemParamLoad] are the SDK's store of three sectors that survives power cuts;
//     [SystemParams] is what the SDK itself keeps in it.
//
// Everything here works on a [flash.Device], or on bytes, and keeps no state: values may be used by any number of
// goroutines, a device by one at a time. Whatever the bytes are, functions return errors and never panic; sizes are
// bounded ([flash.MaxSize], [MaxSegments], [MaxPartitions], [CertsSize]). Errors begin with "flash:", because the flash is
// where the reader has to look.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package image
