package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// noHeader is what compilers say of a header that is not there: "'lwip/udp.h' file not found" of clang, "fatal error: lwip/udp.h: No such
// file or directory" of gcc.
var noHeader = lazyregexp.New(`'([\w./+-]+)' file not found|fatal error: ([\w./+-]+): No such file or directory`)

// otherWorlds says of headers that firmware for the NonOS SDK does not have why they are missing, by the beginning of their names or, where
// that ends the name, by the whole.
var otherWorlds = []struct{ names, why string }{
	{"lwip/ netif/", "is of lwIP, the network stack below espconn: the emulator has one of its own there. Use espconn; " +
		"an ELF file that is linked with the SDK's own libraries calls theirs with run --stack vendor"},
	{"Arduino.h WProgram.h ESP8266WiFi.h Wire.h SPI.h", "is of the Arduino core: emu8266 builds firmware for the NonOS SDK"},
	{"freertos/ esp_common.h esp_system.h esp_wifi.h esp_log.h nvs_flash.h",
		"is of the RTOS SDK: emu8266 builds firmware for the NonOS SDK"},
	{"vector string map memory functional algorithm iostream array utility list deque set tuple type_traits",
		"is of the standard library of C++, which there is none of: the language and what needs no library works"},
}

// sayHeaders says why headers are missing that the compiler did not find, each kind once.
func sayHeaders(w io.Writer, said string) {
	told := map[string]bool{}
	for _, m := range noHeader().FindAllStringSubmatch(said, -1) {
		header := m[1] + m[2]
		for _, world := range otherWorlds {
			for name := range strings.FieldsSeq(world.names) {
				if of := header == name || strings.HasSuffix(name, "/") && strings.HasPrefix(header, name); of && !told[world.why] {
					told[world.why] = true
					fmt.Fprintf(w, "emu8266: %s %s\n", header, world.why)
				}
			}
		}
	}
}
