package image_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// A CA certificate is burned where the firmware looks for it, and read back as the device reads it.
func ExampleCerts_WriteAt() {
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	const sector = 0x7B // what the firmware gives to espconn_secure_ca_enable
	der := []byte{0x30, 0x03, 0x02, 0x01, 0x00}
	if err := (image.Certs{{Name: "TLS.ca_x509.cer", Data: der}}).WriteAt(chip, sector); err != nil {
		panic(err)
	}
	certs, err := image.ReadCerts(chip, sector)
	fmt.Println(len(certs), certs[0].Name, len(certs[0].Data), err)
	_, err = image.Certs{{Name: "ca.cer", Data: make([]byte, 8159)}}.Encode()
	fmt.Println(errors.Is(err, image.ErrCertsSize))
	// Output:
	// 1 TLS.ca_x509.cer 5 <nil>
	// true
}

// A program becomes an image for the second slot, as an upgrade downloads it; a damaged one is noticed.
func ExampleParse() {
	b, err := image.BuildUser(2, []byte("the firmware"))
	if err != nil {
		panic(err)
	}
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	const slot = 0x81000 // user2 of map 2
	if flash.SpiWrite(chip, slot, b).Err != nil {
		panic("not written")
	}
	i, err := image.Parse(chip, slot)
	fmt.Println(i, err)
	_ = chip.Write(slot+16, []byte{0, 0, 0, 0})
	_, err = image.Parse(chip, slot)
	fmt.Println(errors.Is(err, image.ErrCRC))
	// Output:
	// user image for slot 2, 68 bytes, entry 0x40100000, irom 12, iram 16 <nil>
	// true
}

// The parameter store keeps the former data when power fails while the new ones are saved.
func ExampleSystemParamSaveWithProtect() {
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	const sector = 0x3C // the first of three
	_ = image.SystemParamSaveWithProtect(chip, sector, []byte("old"))
	chip.CutPower(flash.PowerCut{Step: 1, Moment: flash.During})
	err = image.SystemParamSaveWithProtect(chip, sector, []byte("new"))
	fmt.Println(errors.Is(err, flash.ErrPower))
	chip.PowerOn()
	b := make([]byte, 3)
	err = image.SystemParamLoad(chip, sector, 0, b)
	fmt.Println(string(b), err)
	// Output:
	// true
	// old <nil>
}

// The manual's certificate sector on two flash size maps.
func ExampleLayout_CheckCertSector() {
	chip, err := flash.New(1 << 20)
	if err != nil {
		panic(err)
	}
	fmt.Println(image.Map8M512x512.Layout().CheckCertSector(chip, 0x7B, 900))
	for _, f := range image.Map16M1024x1024.Layout().CheckCertSector(chip, 0x7B, 900) {
		where, why, _ := strings.Cut(f.Text, "): ")
		fmt.Println(f.Rule)
		fmt.Println(where + ")")
		fmt.Println(why)
	}
	// Output:
	// []
	// flash-in-slot
	// sector 0x7b: certificates of 900 bytes lie in the room of user1 (0x1000..0xe1000)
	// a program that long, or an update, writes over them
}
