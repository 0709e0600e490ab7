package decode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// joins are the lines of a station that joins its access point and gets an address.
const joins = "mode : sta(5c:cf:7f:00:00:01)\nadd if0\nscandone\nstate: 0 -> 2 (b0)\nstate: 2 -> 3 (0)\nstate: 3 -> 5 (10)\nadd 0\n" +
	"aid 1\ncnt \n\n" +
	"connected with home, channel 6\ndhcp client start...\nip:192.168.1.7,mask:255.255.255.0,gw:192.168.1.1\n"

// Logs as devices and their applications print them: what came first, what last, and whose codes they are.
var logs = []struct {
	name              string
	log               string
	first, last       string // Reason.Name
	profile           string
	cause, fix, steps string // parts of the first cause, its remedy and the course; "" for any
}{
	// TLS with mbedTLS.
	{"record too long", "heap_size 33592 20480\nclient handshake start.\nclient handshake failed!\nReason:[-0x7200]\n",
		"-0x7200", "-0x7200", "SDK306", "6144 bytes", "raise espconn_secure_set_size", ""},
	{"record too long at the largest size", "espconn_secure_set_size 8192\nclient handshake start.\nclient handshake failed!\n" +
		"Reason:[-0x7200]\n",
		"-0x7200", "-0x7200", "SDK306", "", "no size above 8192", ""},
	{"version line", "SDK ver: 2.2.1(6ab97e9) compiled @ Jun  7 2018 14:32:12\nclient handshake start.\nclient handshake failed!\n" +
		"Reason:[-0x7780]\n",
		"-0x7780", "-0x7780", "SDK221", "fatal alert", "peer's log", "SDK 2.2.1"},
	{"3.0.1", "SDK ver: 3.0.1(b29dcd3) compiled @ Oct 15 2018\nclient handshake failed!\nReason:[-0x2700]\n", "-0x2700", "-0x2700",
		"SDK301", "", "", ""},
	{"3.0.4", "SDK ver: 3.0.4(9532ceb) compiled @ May 22 2020\nclient handshake failed!\nReason:[-0x7b00]\n", "-0x7b00", "-0x7b00",
		"SDK306", "DH", "", ""},
	{"line 661", "client handshake start.\nespconn_mbedtls.c 661, type[certificate],length[900]\nclient handshake failed!\n" +
		"Reason:[-0x7480]\n",
		"-0x7480", "-0x7480", "SDK221", "", "", ""},
	{"erased image", "client handshake start.\nespconn_mbedtls.c 662, type[\xff\xff],length[65535]\nclient handshake failed!\n" +
		"Reason:[-0x7f00]\n",
		"-0x7f00", "-0x7f00", "SDK306", "erased", "burn the image", ""},
	{"short key", "client handshake start.\nespconn_mbedtls.c 662, type[certificate],length[928]\nespconn_mbedtls.c 662, " +
		"type[private_key],length[887]\n" +
		"client handshake failed!\nReason:[-0x2700]\n", "-0x2700", "-0x2700", "SDK306", "1024 bits", "keys of 2048 bits", ""},
	{"long key", "client handshake start.\nespconn_mbedtls.c 662, type[private_key],length[1192]\nclient handshake failed!\n" +
		"Reason:[-0x2700]\n",
		"-0x2700", "-0x2700", "SDK306", "unknown CA", "right CA", ""},
	{"memory in the handshake", "client handshake start.\nE:M 2800\nclient handshake failed!\n", "E:M 2800", "E:M 2800", "SDK306",
		"no memory", "free heap", ""},
	{"memory, then its code", "client handshake start.\nE:M 1816\nclient handshake failed!\nReason:[-0x7f00]\n", "E:M 1816", "-0x7f00",
		"SDK306",
		"handshake's parameters", "free heap", ""},
	{"memory, then a bare value", "client handshake ok!\nE:M 544\n46\n", "E:M 544", "-0x4290", "SDK306", "RSA-2048", "", ""},
	{"failed without a reason", "client handshake start.\nclient handshake failed!\n", "handshake failed", "handshake failed", "SDK306",
		"does not say why", "whole log", ""},
	{"server", "server handshake start.\nserver handshake failed!\nReason:[-0x7380]\n", "-0x7380", "-0x7380", "SDK306", "", "", "(server)"},
	{"data too long after the handshake", "client handshake start.\nclient handshake ok!\nclient's data invalid protocol\n" +
		"Reason:[-0x7200]\n",
		"-0x7200", "-0x7200", "SDK306", "", "", "the handshake is over"},
	{"a client refuses the device's certificate", "server handshake start.\nserver handshake failed!\nReason:[-0x7780]\n",
		"-0x7780", "-0x7780", "SDK306", "fatal alert", "the client's log", ""},
	{"the probes are over, as some releases write it", "[21:03:07] ap_probe_send_over, rest wifi status to disassoc\n",
		"ap_probe_send over", "ap_probe_send over", "", "beacons", "", "the access point is lost"},
	{"the peer's ordinary end", "client handshake start.\nclient handshake ok!\nclient's data invalid protocol\nReason:[-0x7880]\n", "",
		"", "SDK306", "", "", ""},
	{"the peer closes in the handshake", "client handshake start.\nclient handshake failed!\nReason:[-0x7880]\n", "-0x7880", "-0x7880",
		"SDK306", "closed", "", ""},
	{"fails, then works", "client handshake start.\nclient handshake failed!\nReason:[-0x7780]\nclient handshake start.\nclient " +
		"handshake ok!\n",
		"-0x7780", "-0x7780", "SDK306", "", "", ""},
	{"the same twice with another between", "client handshake failed!\nReason:[-0x7780]\nclient handshake failed!\nReason:[-0x7880]\n" +
		"client handshake failed!\nReason:[-0x7780]\n",
		"-0x7780", "-0x7780", "SDK306", "", "", ""},
	{"last is not first", "client handshake failed!\nReason:[-0x7780]\nclient handshake failed!\nReason:[-0x2700]\n", "-0x7780",
		"-0x2700", "SDK306", "", "", ""},
	{"unknown code", "client handshake failed!\nReason:[-0x1234]\n", "-0x1234", "-0x1234", "SDK306", "nothing is known", "", ""},
	{"minus one", "client handshake failed!\nReason:[-0x 1]\n", "-0x1", "-0x1", "SDK306", "TCP refused", "", ""},
	{"no socket", "Create Socket Failed!\n", "Create Socket Failed!", "Create Socket Failed!", "", "three", "", ""},
	{"port in use", "Client Bind Port Failed!\n", "Bind Port Failed!", "Bind Port Failed!", "", "", "local_port", ""},
	{"cannot connect", "Can Not Connect To!\n", "Can Not Connect To!", "Can Not Connect To!", "", "TCP could not begin", "", ""},

	// TLS with axTLS.
	{"no trusted CA", "client handshake failed\nError: No trusted cert is available\nHTTP client: Disconnected with error: -28\n",
		"Error: No trusted cert is available", "ESPCONN_HANDSHAKE (-28)", "SDK306SSL", "no CA in the sector", "burn the CA", ""},
	{"not yet valid", "please start sntp first !\nclient handshake start.\nbefore 1500000000, tv_sec 4, after 1800000000\nclient " +
		"handshake failed\nError: Cert is not yet valid\n",
		"Error: Cert is not yet valid", "Error: Cert is not yet valid", "SDK306SSL", "clock", "SNTP", ""},
	{"axTLS's chain check", "the file is a PEM file.\nclient handshake start.\ndistinguished names: [a], [b]\nlook for a trusted cert\n" +
		"use the CA certificate for signature verification\ncheck the signature ok\nbefore 1, tv_sec 5, after 4\nclient handshake " +
		"failed\nError: Cert has expired\n",
		"Error: Cert has expired", "Error: Cert has expired", "SDK306SSL", "2038", "renew", ""},
	{"axTLS's unknown digest", "invalid digest: 2a 86 48 ce 3d 04 03 02 \nclient handshake failed\nError: bad certificate\n",
		"Error: bad certificate", "Error: bad certificate", "SDK306SSL", "ECDSA", "RSA", ""},
	{"axTLS's self-signed", "a self-signed certificate that is not in the CA store\nclient handshake failed\nError: Cert is self-signed\n",
		"Error: Cert is self-signed", "Error: Cert is self-signed", "SDK306SSL", "", "", ""},
	{"times of run --timestamps", "      1.004080  system_upgrade_start\n      1.1  upgrade_connect 100\n     61.0  upgrade_check\n",
		"upgrade_check", "upgrade_check", "", "", "", ""},
	{"sntp line alone", "please start sntp first !\nclient handshake start.\nclient handshake ok!\nclient's data invalid protocol\n" +
		"Error: invalid protocol message\n",
		"Error: invalid protocol message", "Error: invalid protocol message", "SDK306SSL", "longer than the buffer", "raise", ""},
	{"old version", "SDK ver: 1.5.4(baaeaebb) compiled @ May 17 2016\nclient handshake failed\nError: invalid handshake\n",
		"Error: invalid handshake", "Error: invalid handshake", "SDK306SSL", "", "", ""},
	{"2.1.0 without a line of TLS", "SDK ver: 2.1.0(116b762) compiled @ May  5 2017\nTCP: Reconnect to 10.0.0.1:8883 [error -28]\n",
		"ESPCONN_HANDSHAKE (-28)", "ESPCONN_HANDSHAKE (-28)", "SDK306SSL", "", "", ""},
	{"3.0.6 with libssl", "SDK ver: 3.0.6(5d39a4b) compiled @ Jul 24 2023\nclient handshake failed\nError: no cipher\n",
		"Error: no cipher", "Error: no cipher", "SDK306SSL", "", "", ""},
	{"alert 40", "client handshake failed\nError: SSL error 40\n", "Error: SSL error 40", "Error: SSL error 40", "SDK306SSL",
		"handshake_failure(40)", "AES-CBC", ""},
	{"alert 48", "client handshake failed\nError: SSL error 48\n", "Error: SSL error 48", "Error: SSL error 48", "SDK306SSL",
		"unknown_ca(48)", "trust the CA", ""},
	{"alert 70", "client handshake failed\nError: SSL error 70\n", "Error: SSL error 70", "Error: SSL error 70", "SDK306SSL",
		"protocol_version(70)", "TLS 1.0 or 1.1", ""},
	{"close_notify after the handshake", "client handshake ok!\nclient's data invalid protocol\nError: SSL error 3\n", "", "",
		"SDK306SSL", "", "", ""},
	{"no CA image", "Please load authenticate certificate\n", "Please load authenticate certificate",
		"Please load authenticate certificate", "SDK306SSL", "CA check", "burn", ""},

	// Lines of another SDK's mbed TLS.
	{"mbedtls function", "mbedtls_ssl_handshake returned -0x7780\n", "-0x7780", "-0x7780", "", "fatal alert", "", ""},
	{"mbedtls code that is never printed", "mbedtls_ssl_write returned -0x4e\n", "-0x4e", "-0x4e", "", "never prints",
		"another SDK|looked|look", ""},
	{"esp-tls", "E (4210) esp-tls: handshake failed, -0x7280\n", "-0x7280", "-0x7280", "", "never prints", "", ""},

	// Wi-Fi.
	{"wrong password by state", "scandone\nstate: 0 -> 2 (b0)\nstate: 2 -> 3 (0)\nstate: 3 -> 5 (10)\nadd 0\naid 2\ncnt \nstate: 5 -> 2 " +
		"(2c0)\nrm 0\nreconnect\n",
		"Wi-Fi reason 2", "Wi-Fi reason 2", "", "wrong password", "password", "associated"},
	{"4-way handshake", "state: 3 -> 5 (10)\nstate: 5 -> 2 (fc0)\n", "Wi-Fi reason 15", "Wi-Fi reason 15", "", "password is wrong", "", ""},
	{"disassociated", "state: 3 -> 5 (10)\nstate: 5 -> 2 (2a0)\n", "Wi-Fi reason 2", "Wi-Fi reason 2", "", "", "", ""},
	{"no answer to the authentication", "state: 0 -> 2 (b0)\nstate: 2 -> 0 (2)\nreconnect\n", "Wi-Fi reason 2", "Wi-Fi reason 2", "",
		"did not answer", "", ""},
	{"association refused", "state: 2 -> 3 (0)\nstate: 3 -> 0 (19)\n", "Wi-Fi reason 203", "Wi-Fi reason 203", "",
		"refused the association", "", ""},
	{"no access point", "scandone\nno home found, reconnect after 1s\nreconnect\n", "Wi-Fi reason 201", "Wi-Fi reason 201", "",
		"no access point", "2.4 GHz", ""},
	{"API reference's handler", "disconnect from ssid home, reason 201\n", "Wi-Fi reason 201", "Wi-Fi reason 201", "", "", "SSID", ""},
	{"brackets", "[wifi] disconnected, reason[203]\n", "Wi-Fi reason 203", "Wi-Fi reason 203", "", "", "", ""},
	{"Arduino core", "STA disconnect: 15\n", "Wi-Fi reason 15", "Wi-Fi reason 15", "", "", "password", ""},
	{"ESPEasy", "17368 : WIFI : Disconnected! Reason: '(201) No AP found' Connected for 2859 ms\n", "Wi-Fi reason 201",
		"Wi-Fi reason 201", "", "", "", ""},
	{"event's name", "EVENT_STAMODE_DISCONNECTED ssid home reason 204\n", "Wi-Fi reason 204", "Wi-Fi reason 204", "", "ten seconds",
		"", ""},
	{"reason's name", "wifi lost: REASON_BEACON_TIMEOUT\n", "Wi-Fi reason 200", "Wi-Fi reason 200", "", "beacons", "", ""},
	{"own disconnect", "wifi: disconnected, reason 8\n", "", "", "", "", "", ""},
	{"status name", "STATION_WRONG_PASSWORD\n", "station status 2", "station status 2", "", "password", "", ""},
	{"status number", "wifi_station_get_connect_status() = 3\n", "station status 3", "station status 3", "", "no such access point",
		"", ""},
	{"beacons lost", "bcn_timout,ap_probe_send_start\nap_probe_send over, rest wifi status to disassoc\nstate: 5 -> 0 (1)\n",
		"bcn_timout", "ap_probe_send over", "", "beacons", "", ""},
	{"names of later SDKs", "I (4711) wifi:state: run -> init (fc0)\n", "Wi-Fi reason 15", "Wi-Fi reason 15", "", "", "", ""},
	{"joins at the second attempt", "no home found, reconnect after 1s\nreconnect\n" + joins, "Wi-Fi reason 201", "Wi-Fi reason 201", "",
		"", "", "address 192.168.1.7"},
	{"a Wi-Fi failure that passed is not the first cause", "no home found, reconnect after 1s\n" + joins +
		"client handshake start.\nclient handshake failed!\nReason:[-0x7200]\n",
		"-0x7200", "-0x7200", "SDK306", "", "espconn_secure_set_size", "joined"},
	{"Wi-Fi ends the connection", joins + "client handshake start.\nclient handshake ok!\nbcn_timout,ap_probe_send_start\nap_probe_send " +
		"over, rest wifi status to disassoc\n" +
		"reconnect callback, error code -8 !!!\n", "bcn_timout", "ESPCONN_ABRT (-8), lwIP ERR_ABRT", "", "beacons", "GOT_IP", ""},
	{"healthy", joins + "client handshake start.\nclient handshake ok!\n", "", "", "", "", "", "joined \"home\", channel 6"},
	{"DHCP", "connected with home, channel 6\ndhcp client start...\nDHCP timeout\n", "DHCP timeout", "DHCP timeout", "",
		"gave no address", "", ""},
	{"soft-AP's DHCP server", "dhcps: send_offer>>udp_sendto result fffffff3\n", "dhcps send_offer fffffff3",
		"dhcps send_offer fffffff3", "", "-13", "", ""},
	{"receive buffers", "LmacRxBlk:1\nLmacRxBlk:1\n", "LmacRxBlk", "LmacRxBlk", "", "", "espconn_recv_hold", ""},
	{"soft-AP", "mode : softAP(5e:cf:7f:00:00:01)\nadd if1\ndhcp server start:(ip:192.168.4.1,mask:255.255.255.0,gw:192.168.4.1)\nbcn " +
		"100\n", "", "", "", "", "", "DHCP server at 192.168.4.1"},

	// The ROM, the loader and the SDK's start.
	{"hardware watchdog", " ets Jan  8 2013,rst cause:4, boot mode:(3,7)\n\nwdt reset\n", "hardware watchdog", "hardware watchdog", "",
		"", "return to the SDK", ""},
	{"soft watchdog", "Soft WDT reset\n\nctx: cont \n ets Jan  8 2013,rst cause:2, boot mode:(3,7)\n", "soft watchdog", "soft watchdog",
		"", "", "return to the SDK", "the restart that follows"},
	{"watchdog in small letters", "soft wdt reset\n", "soft watchdog", "soft watchdog", "", "", "", ""},
	{"download mode", " ets Jan  8 2013,rst cause:1, boot mode:(1,6)\n", "boot mode 1", "boot mode 1", "", "GPIO0", "GPIO0", ""},
	{"wrong pins", " ets Jan  8 2013,rst cause:1, boot mode:(5,7)\n", "boot mode 5", "boot mode 5", "", "", "GPIO15", ""},
	{"no program in both slots", "2nd boot version : 1.6\n  SPI Flash Size & Map: 32Mbit(512KB+512KB)\njump to run user2 @ 81000\n\n" +
		"error magic!\nbackup boot failed.\n\nuser code done\n",
		"error magic!", "backup boot failed.", "", "no image in the slot of user2 at 0x81000", "look whether the image was complete",
		"user2 at 0x81000"},
	{"fallback", "jump to run user2 @ 81000\n\nerror magic!\nfirst boot failed, reboot to try backup bin\n\n ets Jan  8 2013,rst " +
		"cause:2, boot mode:(3,6)\njump to run user1 @ 1000\nSDK ver: 2.2.1(6ab97e9)\n",
		"error magic!", "error magic!", "SDK221", "user2", "after an upgrade", "user1 at 0x1000"},
	{"system parameters", "system param error\n41 72 72 61 79 00 f9 ff\n", "system param error", "system param error", "",
		"last three sectors", "SPI_FLASH_SIZE_MAP", ""},
	{"partition table", "system_partition_table_regist fail\n", "system_partition_table_regist", "system_partition_table_regist", "", "",
		"", ""},
	{"first boot", "rf_cal[0] !=0x05,is 0xFF\nSDK ver: 3.0.6(5d39a4b)\n", "", "", "SDK306", "", "", ""},
	{"rst_info", "reset reason: 3\n", "soft watchdog", "soft watchdog", "", "", "", ""},

	{"rst_info's exception", "reset reason: 2\nFatal exception (9):\nepc1=0x40201f3c, epc2=0x0, epc3=0x0, excvaddr=0x3ffe8a1e, depc=0x0\n",
		"exception 9", "exception 9", "", "no multiple of 4", "", ""},
	{"rst_info without its exception", "reset reason: 2\nsomething else\n", "reset reason 2", "reset reason 2", "", "an exception",
		"excvaddr", ""},
	{"NodeMCU's banner", "SDK ver: 3.0.1(fce080e)\nE:M 1584\n build 2020-02-24 powered by Lua 5.1.4 on SDK 3.0.1-dev(fce080e)\n",
		"E:M 1584", "E:M 1584", "SDK301", "", "", ""},

	// Exceptions.
	{"a byte from flash", "Fatal exception 3(LoadStoreErrorCause):\nepc1=0x4000bf80, epc2=0x00000000, epc3=0x00000000, " +
		"excvaddr=0x40242a2d, depc=0x00000000\n",
		"exception 3", "exception 3", "", "the flash window, which is read in 32-bit pieces only", "aligned words of 4 bytes", ""},
	{"illegal instruction", "Fatal exception (0):\nepc1=0x40107ab7, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000000, " +
		"depc=0x00000000\n",
		"exception 0", "exception 0", "", "instruction RAM", "function pointer", ""},
	{"division by zero", "Fatal exception (0):\nepc1=0x4000dce5, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000000, depc=0x00000000\n",
		"exception 0", "exception 0", "", "division by zero", "divisor", ""},
	{"write through NULL in the ROM", "Fatal exception 29(StoreProhibitedCause):\nepc1=0x4000e1b2, epc2=0x00000000, epc3=0x00000000, " +
		"excvaddr=0x00000000, depc=0x00000000\n",
		"exception 29", "exception 29", "", "NULL pointer, offset 0", "os_memcpy", ""},
	{"write to a constant", "Fatal exception (29):\nepc1=0x40201234, epc2=0x0, epc3=0x0, excvaddr=0x40234568, depc=0x0\n",
		"exception 29", "exception 29", "", "cannot be written", "", ""},
	{"read through NULL", "Fatal exception (28):\nepc1=0x40201234, epc2=0x0, epc3=0x0, excvaddr=0x0000000c, depc=0x0\n", "exception 28",
		"exception 28", "", "offset 12", "", ""},
	{"read where nothing is", "Fatal exception (28):\nepc1=0x40201234, epc2=0x0, epc3=0x0, excvaddr=0xa5a5a5a5, depc=0x0\n",
		"exception 28", "exception 28", "", "no memory", "", ""},
	{"unaligned in the ROM", "Fatal exception 9(LoadStoreAlignmentCause):\nepc1=0x4000438f, epc2=0x0, epc3=0x0, excvaddr=0x3fff1c0b, " +
		"depc=0x0\n",
		"exception 9", "exception 9", "", "0x3fff1c0b is odd, in data RAM", "multiples of 4", ""},
	{"unaligned register", "Fatal exception 3(LoadStoreErrorCause):\nepc1=0x40201234, epc2=0x0, epc3=0x0, excvaddr=0x60000301, depc=0x0\n" +
		"", "exception 3", "exception 3", "", "registers", "", ""},
	{"fetch error", "Fatal exception 2(InstructionFetchErrorCause):\nepc1=0x3ffe8100, epc2=0x0, epc3=0x0, excvaddr=0x3ffe8100, depc=0x0\n",
		"exception 2", "exception 2", "", "data RAM, was called", "", ""},
	{"call of NULL", "Fatal exception (20):\nepc1=0x00000000, epc2=0x0, epc3=0x0, excvaddr=0x00000000, depc=0x0\n", "exception 20",
		"exception 20", "", "function pointer that is NULL", "", ""},
	{"Arduino core's words", "Exception (28):\nepc1=0x40201234 epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000004 depc=0x00000000\n" +
		">>>stack>>>\n", "exception 28", "exception 28", "", "offset 4", "", ""},
	{"rst_info in one line", "rst info: exccause=29 epc1=0x40201234 excvaddr=0x00000000\n", "exception 29", "exception 29", "", "NULL",
		"", ""},
	{"exception without addresses", "Fatal exception (28):\n", "exception 28", "exception 28", "", "load prohibited", "check pointers", ""},
	{"exception of any length", "Fatal exception 99999999999999999999:\n", "exception 99999999999999999999",
		"exception 99999999999999999999", "", "fatal exception", "", ""},
	{"no access point, then a crash", "no home found, reconnect after 1s\nFatal exception (28):\nepc1=0x40201234, epc2=0x0, " +
		"epc3=0x0, excvaddr=0x4, depc=0x0\n",
		"Wi-Fi reason 201", "exception 28", "", "", "SSID", "The device crashed later: exception 28 (line 2): fatal exception (28), " +
			"load prohibited: through a NULL pointer, offset 4; check"},
	{"two boots, two causes", " ets Jan  8 2013,rst cause:1, boot mode:(3,6)\nSDK ver: 2.2.1(6ab97e9)\nFatal exception (28):\n\n ets Jan " +
		" 8 2013,rst cause:2, boot mode:(3,6)\n" +
		"SDK ver: 2.2.1(6ab97e9)\nclient handshake start.\nclient handshake failed!\nReason:[-0x7200]\n", "exception 28", "-0x7200",
		"SDK221", "", "check pointers", ""},

	{"addresses of an exception that was not logged", "rst cause:2, boot mode:(3,6)\nReset cause: Exception\n" +
		"epc1=0x4000df64, epc2=0x00000000\n",
		"reset reason 2", "reset reason 2", "", "an exception", "excvaddr", ""},
	{"addresses alone", "epc1=0x40210cd0, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000010, depc=0x00000000\n", "epc1=0x40210cd0",
		"epc1=0x40210cd0", "", "whose number the log does not have", "exccause", ""},
	{"addresses of no exception", "rst info: epc1=0x00000000, epc2=0x00000000, excvaddr=0x00000000\n", "", "", "", "", "", ""},
	{"Sming's words", "***** Fatal exception 3\npc=0x4022cfb6 sp=0x3ffff280 excvaddr=0x40000960\n", "exception 3", "exception 3", "",
		"read in 32-bit pieces only", "", ""},
	{"Arduino's names of resets", "Restart Reason: Hardware Watchdog\n", "hardware watchdog", "hardware watchdog", "", "", "", ""},
	{"Arduino's software watchdog", "Reset reason: Software Watchdog\n", "soft watchdog", "soft watchdog", "", "", "", ""},
	{"Arduino's other resets", "Reset reason: External System\nReset reason: Power on\n", "", "", "", "", "", "boot: the reset pin"},
	{"a watchdog where no firmware runs", " ets Jan  8 2013,rst cause:2, boot mode:(1,6)\n\n ets Jan  8 2013,rst cause:4, " +
		"boot mode:(1,6)\n\nwdt reset\n", "boot mode 1", "boot mode 1", "", "GPIO0", "GPIO0", ""},
	{"a download, then firmware that hangs", " ets Jan  8 2013,rst cause:1, boot mode:(1,6)\n ets Jan  8 2013,rst cause:2, boot " +
		"mode:(3,6)\n ets Jan  8 2013,rst cause:4, boot mode:(3,6)\nwdt reset\n", "boot mode 1", "hardware watchdog", "", "", "", ""},
	{"an early SDK's station loses the access point", "scandone\nadd 0\naid 2\npm open phy_2,type:2 0 0\ncnt\nrm match\npm close 7 0 " +
		"0/4240083\nreconnect\n", "rm", "rm", "", "before it had an address", "password", "left before it had an address"},
	{"an early SDK's station that had an address", "add 0\naid 2\ncnt\nconnected with home, channel 6\ndhcp client start...\n" +
		"ip:10.0.0.2,mask:255.255.255.0,gw:10.0.0.1\nrm match\n", "", "", "", "", "", "address 10.0.0.2"},

	// Calls, callbacks and the upgrade.
	{"a code that plain TCP cannot return", "espconn_send -> -16\nespconn_accept ret 0\n", "", "", "", "", "", ""},
	{"example's callback", "reconnect callback, error code -11 !!!\n", "ESPCONN_CONN (-11), lwIP ERR_CONN",
		"ESPCONN_CONN (-11), lwIP ERR_CONN", "", "SYN", "", ""},
	{"esp_mqtt", "TCP: Reconnect to 192.168.1.100:1883 [error -3]\nTCP: Reconnect to 192.168.1.100:1883 [error -11]\n",
		"ESPCONN_TIMEOUT (-3), lwIP ERR_TIMEOUT", "ESPCONN_CONN (-11), lwIP ERR_CONN", "", "never acknowledged", "", ""},
	{"esphttpclient", "Disconnected with error: -114\n", "-114 (-0x7200)", "-114 (-0x7200)", "SDK306", "TLS buffer", "", ""},
	{"positive value of the callback", "reconnect callback: 16\n", "16 (-0x7080)", "16 (-0x7080)", "SDK306", "split over", "", ""},
	{"connect before the address", "espconn_connect returned -4\n", "espconn_connect: ESPCONN_RTE (-4)",
		"espconn_connect: ESPCONN_RTE (-4)", "", "no address", "", ""},
	{"station status of a connect", "espconn_secure_connect ret 3\n", "espconn_secure_connect: 3", "espconn_secure_connect: 3", "",
		"no such access point", "GOT_IP", ""},
	{"send before the sent callback", "espconn_secure_send err:-5\n", "espconn_secure_send: ESPCONN_INPROGRESS (-5)",
		"espconn_secure_send: ESPCONN_INPROGRESS (-5)", "", "sent callback", "queue", ""},
	{"send after the end", "espconn_send returned -11\n", "espconn_send: ESPCONN_CONN (-11)", "espconn_send: ESPCONN_CONN (-11)", "",
		"TCP has ended", "", ""},
	{"second secure server", "espconn_secure_accept ret:-5\n", "espconn_secure_accept: ESPCONN_INPROGRESS (-5)",
		"espconn_secure_accept: ESPCONN_INPROGRESS (-5)", "",
		"a secure server exists already", "once", ""},
	{"five look-ups", "espconn_gethostbyname -> -1\n", "espconn_gethostbyname: ESPCONN_MEM (-1)",
		"espconn_gethostbyname: ESPCONN_MEM (-1)", "", "four", "", ""},
	{"the SDK's web server", "webserver's 192.168.1.3:80 err -10 reconnect\n", "ESPCONN_CLSD (-10), lwIP ERR_CLSD",
		"ESPCONN_CLSD (-10), lwIP ERR_CLSD", "", "closed", "", ""},
	{"a code that the SDK is not known to give", "client handshake failed!\nReason:[-0x7280]\n", "-0x7280", "-0x7280", "SDK306",
		"not known to give", "NonOS", ""},
	{"how a look-up begins", "espconn_gethostbyname = -5\n", "", "", "", "", "", ""},
	{"a call that was taken", "espconn_accept ret 0\n", "", "", "", "", "", ""},
	{"clock of axTLS", "espconn_secure_connect = -16\n", "espconn_secure_connect: ESPCONN_TIME (-16)",
		"espconn_secure_connect: ESPCONN_TIME (-16)", "SDK306SSL", "clock", "SNTP", ""},
	{"name of a code", "connect: ESPCONN_MEM\n", "ESPCONN_MEM (-1)", "ESPCONN_MEM (-1)", "", "out of memory", "", ""},
	{"upgrade's timer", "system_upgrade_start\nupgrade_connect 45640\nerr3,exceed max time value\n", "err3", "err3", "", "check_times",
		"check_times", "the upgrade begins"},
	{"a timer over the limit", "err3,exceed max time value\n", "err3", "err3", "", "6,870,947", "a shorter timer", ""},
	{"upgrade's time", "system_upgrade_start\nupgrade_connect 45640\nupgrade file download start.\nupgrade_check\n", "upgrade_check",
		"upgrade_check", "",
		"before the image was complete", "check_times", "without a whole image"},
	{"upgrade that worked", "system_upgrade_start\nupgrade file download finished.\nupgrade_check\nreboot to use2\n", "", "", "", "",
		"", "restart into user2"},
	{"wrong image", "upgrade file download start.\nerror bin file\n", "error bin file", "error bin file", "", "other slot",
		"user2.bin", ""},
	{"flash", "spi_flash_write(0x7c001) returned 1\n", "spi_flash_write: 1", "spi_flash_write: 1", "", "multiple of 4", "", ""},
	{"forced sleep", "wifi_fpm_do_sleep: -2\n", "wifi_fpm_do_sleep: -2", "wifi_fpm_do_sleep: -2", "", "not opened", "wifi_fpm_open", ""},
	{"forced sleep with Wi-Fi on", "wifi_fpm_do_sleep(0xFFFFFFF) returned -1\n", "wifi_fpm_do_sleep: -1", "wifi_fpm_do_sleep: -1", "",
		"NULL_MODE", "wifi_set_opmode", ""},
	{"a raw frame", "wifi_send_pkt_freedom ret=-1\n", "wifi_send_pkt_freedom: -1", "wifi_send_pkt_freedom: -1", "", "24 to 1,400",
		"whole 802.11 frame", ""},
	{"queue full", "ets_post: task 0 queue full\n", "ets_post: task 0 queue full", "ets_post: task 0 queue full", "", "queue is full",
		"longer queue", ""},
	{"a task of priority 3", "err: task prio < 3\n", "err: task prio < 3", "err: task prio < 3", "", "above 2", "USER_TASK_PRIO_0", ""},
	{"timer without function", "timer:0x3fff1234 cb is null\n", "timer:0x3fff1234 cb is null", "timer:0x3fff1234 cb is null", "",
		"without function", "", ""},
	{"sleep", "deep sleep too long\n", "deep sleep too long", "deep sleep too long", "", "deep sleep", "", ""},
	{"mdns", "mdns ip error!\n", "mdns ip error!", "mdns ip error!", "", "0.0.0.0", "GOT_IP", ""},
	{"an MQTT library's code", "MQTT: connect error 5\n", "", "", "", "", "", ""},

	// The partition table.
	{"a table for another map", "mismatch map 6,spi_size_map 4\nsystem param partition error\nsystem_partition_table_regist fail\n",
		"mismatch map 6,spi_size_map 4", "system_partition_table_regist", "", "written for 4 (FLASH_SIZE_32M_MAP_512_512)",
		"SPI_FLASH_SIZE_MAP=4", ""},
	{"a map without tables", "emap1\r\nmap 1 err\n", "map 1 err", "map 1 err", "", "2, 3, 4, 5, 6, 8 and 9", "", ""},
	{"a second slot elsewhere", "ota2 partition error\r\n", "partition OTA_2", "partition OTA_2", "", "second slot", "", ""},
	{"an odd address", "p 101 size 0x1000 ,0x200010 err\r\n", "partition CUSTOMER+1", "partition CUSTOMER+1", "", "0x200010", "", ""},
	{"no RF_CAL", "nchk:37\r\n", "nchk:37", "nchk:37", "", "lacks RF_CAL", "", ""},
	{"two partitions in one place", "p 2 and p 3 covered: addr:0x1000 + len:0xe0000 > 0x81000\r\n", "partition OTA_1", "partition OTA_1",
		"",
		"reaches into OTA_2 at 0x81000", "", ""},
	{"beyond the flash",
		"--- The partition table size is larger than flash size 0x400000 ---\r\nplease check partition type 100 addr:400000 " +
			"len:1000\r\n", "partition CUSTOMER+0", "partition CUSTOMER+0", "", "ends beyond the flash", "", ""},
	{"a table without slots", "boot not set\r\nota1 not set\r\nota2 not set\r\n", "", "", "", "", "", ""},

	// Lines of the SDK alone.
	{"a station without an address", "connected with home, channel 6\ncheck your static ip!\n", "check your static ip!",
		"check your static ip!",
		"", "0.0.0.0", "wifi_set_ip_info", ""},
	{"an old loader", "failed: need boot >= 1.3\n", "failed: need boot >= 1.3", "failed: need boot >= 1.3", "", "too old", "boot_v1", ""},
	{"smartconfig without memory", "sc:malloc err smart 12\n", "smartconfig", "smartconfig", "", "no memory", "more heap", ""},
	{"mDNS twice", "mdns server is already registered !\n", "", "", "", "", "", ""},
	{"a soft-AP without DHCP", "dhcps_start(): could not obtain pcb\n", "dhcps_start", "dhcps_start", "", "UDP port", "heap", ""},

	// What ends without an exception.
	{"an assertion of the radio's driver", "mac 985\n", "mac 985", "mac 985", "", "lmac.c", "ETS_INTR_LOCK", "an assertion of the SDK"},
	{"an assertion behind a time stamp", "12:00:01.123 -> dev 1153\n", "dev 1153", "dev 1153", "", "wdev.c", "", ""},
	{"an assertion of the timers", "tim 222\n", "tim 222", "tim 222", "", "ets_timer.c", "disarm", ""},
	{"a sentence with such a word", "the mac 985 is free\ndev 12 of 30\nscandone\n", "", "", "", "", "", ""},
	{"a heap that is damaged", "vPortFree 517 line assert fail\n", "vPortFree 517 line assert fail", "vPortFree 517 line assert fail", "",
		"freed twice", "--check", "assertion of the heap"},
	{"a double free of the early SDKs", "3fff1a20 already freed\n", "already freed", "already freed", "", "freed twice", "NULL", ""},
	{"a C++ program without memory", "[12:46:57]Unhandled C++ exception: OOM\n", "C++ exception OOM", "C++ exception OOM", "",
		"memory ran out", "free heap", "OOM"},
	{"RF calibration at the first boot", "csum 0xf1\nrf_cal[0] !=0x05,is 0xFF\nmode : sta(5c:cf:7f:00:00:01)\n", "", "", "", "", "", ""},
	{"RF calibration at every boot", "csum 0xf1\nrf_cal[0] !=0x05,is 0xFF\n\n ets Jan  8 2013,rst cause:2, boot " +
		"mode:(3,6)\ncsum 0xf1\nrf_cal[0] !=0x05,is 0xFF\n", "rf_cal[0]", "rf_cal[0]", "", "at every boot", "user_rf_cal_sector_set", ""},
	{"the RTOS SDK's loader without partitions", "E (74) flash_parts: partition 0 invalid magic number 0x0\nE (84) boot: Failed " +
		"to verify partition table\nE (91) boot: load partition table error!\nuser code done\n", "partition table", "partition table", "",
		"RTOS SDK", "0x8000", "stands still"},
	{"a loader that starts nothing", "csum 0x2d\nuser code done\n", "user code done", "user code done", "", "nothing to start",
		"flash the program", "stands still"},
	{"time stamps of a terminal", "18:39:43.560 -> mode : sta(2c:f4:32:00:00:01)\n18:39:44.1 -> " +
		"ip:192.168.10.102,mask:255.255.255.0,gw:192.168.10.1\n" +
		"18:39:45.000 -> client handshake failed!\r\n18:39:45.010 -> Reason:[-0x7380]\r\n", "-0x7380", "-0x7380", "SDK306", "", "",
		"address 192.168.10.102"},
}

func TestLogs(t *testing.T) {
	names := map[string]bool{}
	for _, tt := range logs {
		t.Run(tt.name, func(t *testing.T) {
			assert.False(t, names[tt.name], "the name is there twice")
			names[tt.name] = true
			l, err := ReadLog(strings.NewReader(tt.log), "", cause.English)
			require.NoError(t, err)
			assert.Equal(t, tt.profile, l.Profile.Name, l.Profile.Why)
			name := func(r *Reason) string {
				if r == nil {
					return ""
				}
				return r.Name
			}
			assert.Equal(t, tt.first, name(l.First))
			assert.Equal(t, tt.last, name(l.Last))
			if l.First != nil {
				assert.Contains(t, l.First.Cause, tt.cause)
				assert.Regexp(t, tt.fix, l.First.Remedy)
			}
			assert.Contains(t, l.String(), tt.steps)
			assert.Equal(t, l.First == nil && !strings.Contains(l.String(), "One line has a code"), strings.Contains(l.String(),
				"Nothing in this log failed."))
			assert.NotContains(t, l.String(), "%!")
			zh, err := ReadLog(strings.NewReader(tt.log), "", cause.Chinese)
			require.NoError(t, err)
			assert.Len(t, zh.Lines, len(l.Lines))
			for i, line := range zh.Lines {
				assert.True(t, hasHan(line.Note), line.Note)
				assert.False(t, hasHan(l.Lines[i].Note), l.Lines[i].Note)
			}
			for i, said := range zh.Summary {
				assert.True(t, hasHan(said), said)
				assert.False(t, hasHan(l.Summary[i]), l.Summary[i])
			}
		})
	}
	assert.GreaterOrEqual(t, len(logs), 80)
}

// How handshakes ended: by a line of their own, by the value of the reconnect callback alone, or not at all. One is counted once.
func TestHandshakesCounted(t *testing.T) {
	for _, tt := range []struct {
		log                    string
		begun, worked, failed  int
		neitherWorkedNorFailed bool
	}{
		{"client handshake start.\nclient handshake ok!\n", 1, 1, 0, false},
		{"client handshake start.\nclient handshake failed!\nReason:[-0x7200]\nreconnect callback: -112\n", 1, 0, 1, false},
		{"client handshake start.\nreconnect callback: -28\n", 1, 0, 1, false},
		{"client handshake start.\nreconnect callback: -9\nclient handshake start.\nreconnect callback: -9\n", 2, 0, 2, false},
		{"client handshake start.\nclient handshake ok!\nreconnect callback: -11\n", 1, 1, 0, false},
		{"client handshake start.\n", 1, 0, 0, true},
	} {
		l, err := ReadLog(strings.NewReader(tt.log), "", cause.English)
		require.NoError(t, err)
		assert.Equal(t, []int{tt.begun, tt.worked, tt.failed}, []int{l.Handshakes, l.Worked, l.Failed}, tt.log)
		assert.Equal(t, tt.neitherWorkedNorFailed, strings.Contains(l.String(), "neither worked nor failed"), tt.log)
	}
}
