package espconn

// Rule is one API check: misuse that the device does not report, or not in time, or with a code that says little.
type Rule struct {
	ID     string `json:"id"`      // stable: Event.Name of a finding
	Text   string `json:"meaning"` // what was found, in one line
	Source string `json:"source"`  // where it is written: "SSL User Manual V2.1, 5.6" or "docs/facts/tls.md 2.5"
	Device string `json:"device"`  // what the device does about it
	Fix    string `json:"fix"`     // what to change in the firmware
}

// Rules of the secure API, as Event.Name of a finding.
const (
	RuleSendBeforeSent       = "send-before-sent"
	RuleSendTooLong          = "send-too-long"
	RuleSendChanged          = "send-data-changed"
	RuleSendNull             = "send-null"
	RuleSendUnconnected      = "send-without-connection"
	RuleRecvKept             = "recv-data-kept"
	RuleDisconnectInCallback = "disconnect-in-callback"
	RuleDisconnectTwice      = "disconnect-without-connection"
	RuleSetWhileUsed         = "set-while-used"
	RuleSizesDiffer          = "sizes-differ"
	RuleSizeRange            = "size-refused"
	RuleLevel                = "level-refused"
	RuleNoEffect             = "setting-without-effect"
	RuleConnectTwice         = "connect-twice"
	RuleNotTCP               = "not-tcp"
	RuleNoRemote             = "connect-without-remote"
	RuleNoAddress            = "connect-without-address"
	RuleNoReconnect          = "connect-without-reconnect-callback"
	RuleHeapShort            = "heap-short"
	RuleUnverified           = "peer-not-verified"
	RuleAcceptTwice          = "accept-twice"
	RuleNoCertificate        = "accept-without-certificate"
	RuleDefaultRefused       = "default-refused"
	RuleMutualSize           = "mutual-size"
	RuleWriteFinish          = "secure-write-finish"
	RuleRegistLate           = "regist-too-late"
	RuleSector               = "sector-not-free"
	RuleNotBurned            = "image-not-burned"
	RuleCAEntries            = "ca-entries"
	RuleFlight               = "flight-too-long"
	RuleDeleteConnected      = "delete-connected"
	RuleMixed                = "mixed-calls"
	RuleOtherRole            = "other-role"
	RuleDeafServer           = "accept-port-taken"
	RuleClock                = "clock-not-set"
	RuleOneInterface         = "group-one-interface"
	RuleMaxConLate           = "max-con-late"
	RuleMaxConBelow          = "max-con-below"
	RuleNotInV10             = "not-in-v1.0"
	RuleTrivialDH            = "dh-value-trivial"
	RuleMdnsOnce             = "mdns-announced-already"
	RuleMdnsAddress          = "mdns-no-address"
	RuleStreamSpoilt         = "stream-spoilt"
	RuleFatal                = "sdk-crash"
)

// Rules of the system calls beside the API. The device finds them; they are listed here so that there is one list.
const (
	RuleTimerFunction = "timer-without-function"
	RuleFormat        = "format-unknown"
	RuleTimerArmed    = "timer-setfn-armed"
	RuleTimerRange    = "timer-too-long"
	RuleTimerFine     = "timer-us"
	RuleSleepTooLong  = "sleep-too-long"
	RuleRTCOverSleep  = "rtc-time-over-sleep"
	RuleSettingsWear  = "settings-wear"
	RuleTaskQueue     = "task-queue-full"
	RuleTaskNone      = "task-not-registered"
	RuleRegister      = "register-without-effect"
	RuleFlashAlign    = "flash-unaligned"
	RuleFlashErased   = "flash-not-erased"
	RuleFlashSystem   = "flash-system-sector"
	RuleBadFree       = "heap-bad-free"
	RuleAstray        = "heap-astray"
	RuleStack         = "stack-overflow"
	RuleKeptStack     = "kept-on-stack"
	RuleKeptFreed     = "freed-in-use"
	RuleGoroutine     = "call-from-goroutine"
	RuleSleep         = "sleep-in-callback"
)

var rules = []Rule{
	{RuleSendBeforeSent, "a send before the connect callback, or before the sent callback of the send before", "SSL User Manual V2.1, 5.6",
		"refuses the send: ESPCONN_INPROGRESS of a secure connection, ESPCONN_MAXNUM of a plain one",
		"queue the data and send it from the sent callback"},
	{RuleSendTooLong, "more than 1,024 bytes in one send", "SSL User Manual V2.1, 5.6",
		"sends it in records of 1,460 bytes, reading the firmware's memory late",
		"send at most 1,024 bytes at a time, the next ones from the sent callback"},
	{RuleSendChanged, "the data of a send changed before its sent callback", "SSL User Manual V2.1, 5.6",
		"sends whatever stands there when it reads", "keep the buffer alive and unchanged until the sent callback"},
	{RuleSendNull, "a send of a length from a NULL pointer", "SSL User Manual V2.1, 5.6",
		"reads address 0: fatal exception 28", "check the allocation of the buffer"},
	{RuleSendUnconnected, "a send on an espconn that has no connection, or on the server's own", "SSL User Manual V2.1, 5.6",
		"returns ESPCONN_ARG",
		"use the espconn that the connect callback was given, and stop sending at its disconnect or reconnect callback"},
	{RuleRecvKept, "a send of data that a recv callback had lent, after the callback's end", "docs/facts/espconn.md 5.1",
		"sends what the freed receive buffer holds by then", "copy what the recv callback is given"},
	{RuleDisconnectInCallback, "a disconnect inside an espconn callback", "SSL User Manual V2.1, 5.7",
		"closes at once; inside a recv callback reconnect(-69) comes instead of the disconnect callback",
		"post to a task of your own (system_os_post) and disconnect there"},
	{RuleDisconnectTwice, "a disconnect of an espconn that has no connection, or that is closing already", "SSL User Manual V2.1, 5.7",
		"returns ESPCONN_ARG or ESPCONN_INPROGRESS", "disconnect once, and forget the espconn at its disconnect or reconnect callback"},
	{RuleSetWhileUsed, "a setting changed while its role connects, is connected or listens", "SSL User Manual V2.1, 5.3, 5.8 to 5.11",
		"moves the limits of the live connection without moving its buffer", "call it before connect or accept"},
	{RuleSizesDiffer, "get_size for both roles, which have different sizes", "SSL User Manual V2.1, 5.4",
		"has one size for both roles", "ask for each level"},
	{RuleSizeRange, "a size outside the range", "SSL User Manual V2.1, 5.3",
		"returns false and keeps the former size", "set 1 to 8,192 bytes (SDK: 2,048 to 8,192) and look at the result"},
	{RuleLevel, "a level that the function does not take", "SSL User Manual V2.1, 5.3, 5.8 to 5.11",
		"returns false and changes nothing", "level 1 client, 2 server, 3 both; cert_req: 1 only"},
	{RuleNoEffect, "a setting that the device takes and never looks at", "SSL User Manual V2.1, 5.8, 5.10",
		"returns true and does nothing: no client is asked for a certificate (libssl), no server presents one by cert_req",
		"do not count on it: check clients with the mbedTLS library, and call cert_req for level 1 only"},
	{RuleConnectTwice, "a connect while a secure client connection exists", "SSL User Manual V2.1, 5.5",
		"returns ESPCONN_ISCONN, or in some releases makes a second connection while sockets and heap last, though the manual allows one",
		"disconnect, and connect again from the disconnect callback"},
	{RuleNotTCP, "NULL, an espconn of another type, or one without esp_tcp", "SSL User Manual V2.1, 5.1, 5.5",
		"returns ESPCONN_ARG, or reads through the NULL proto", "set type to ESPCONN_TCP and proto.tcp to an esp_tcp that stays alive"},
	{RuleNoRemote, "a connect to address 0.0.0.0 or port 0", "SSL User Manual V2.1, 5.5",
		"sends a SYN that nobody answers", "set remote_ip and remote_port before connect"},
	{RuleNoAddress, "a connect before the station has an address", "docs/facts/espconn.md 5.1",
		"returns ESPCONN_RTE, or the station's status as a positive number", "connect from the Wi-Fi event GOT_IP"},
	{RuleNoReconnect, "a connect without reconnect callback", "SSL User Manual V2.1, 5.5",
		"drops every failure of the connection in silence", "register it with espconn_regist_reconcb"},
	{RuleHeapShort, "a secure call with less free heap than it wants: size + 14,336 bytes", "SSL User Manual V2.1, 3.2, 4.2",
		"returns ESPCONN_MEM at connect; a server's handshake fails", "free heap before, or set a smaller size (2,048 bytes at the least)"},
	{RuleUnverified, "the device's certificate is switched on, the check of the server's is not", "SSL User Manual V2.1, 4.2",
		"presents its certificate to any server", "call espconn_secure_ca_enable too and burn esp_ca_cert.bin"},
	{RuleAcceptTwice, "an accept while a secure server exists", "SSL User Manual V2.1, 5.1",
		"refuses it with ESPCONN_INPROGRESS", "call it once, or espconn_secure_delete before"},
	{RuleNoCertificate, "an accept without certificate or key", "SSL User Manual V2.1, 5.1",
		"accepts, and crashes at the first client",
		"call espconn_secure_set_default_certificate and _private_key before, also after a delete"},
	{RuleDefaultRefused, "a default certificate or key of no or of more than 8,192 bytes", "SSL User Manual V2.1, 5.12, 5.13",
		"returns false and keeps the former one", "pass the array of cert.h or private_key.h and its length"},
	{RuleMutualSize, "mutual authentication with a size over 3,072", "SSL User Manual V2.1, 3.2, 4.2",
		"tries, and runs out of heap or send buffer", "set at most 3072 bytes"},
	{RuleWriteFinish, "a write_finish callback on a secure connection", "SSL User Manual V2.1, 5",
		"never calls it", "use the sent callback"},
	{RuleRegistLate, "a callback registered on a server while a client is connected", "docs/facts/espconn.md 5.10",
		"uses the callbacks that were there when the client came",
		"register before accept, or on the espconn that the connect callback gives"},
	{RuleSector, "a flash sector for certificates that belongs to the system or to a program, or does not exist",
		"SSL User Manual V2.1, 5.10",
		"refuses sector 0, and reads whatever stands in the others as certificates",
		"take a free sector, as 0x7A and 0x7B of a 512 KB layout"},
	{RuleNotBurned, "a certificate image that is switched on and not in the flash: the sector is erased, or holds something else",
		"SSL User Manual V2.1, 3.2, 4.2",
		"fails the handshake with -0x7F00, reconnect(-127)", "burn the image to sector x 4096 (emu8266 certs, emu8266 flash write)"},
	{RuleCAEntries, "more CA certificates in the image than are read", "SSL User Manual V1.0, 3.1",
		"loads the first entries and ignores the others", "put several certificates into one PEM entry"},
	{RuleFlight, "a handshake flight longer than TCP's send buffer", "docs/facts/tls.md 2.5",
		"loses what exceeds its 2,920 bytes; the handshake hangs", "use a shorter chain of its own"},
	{RuleDeleteConnected, "a delete while a client is connected", "SSL User Manual V2.1, 5.2",
		"refuses it with ESPCONN_INPROGRESS", "disconnect the client and delete after the disconnect callback"},
	{RuleMixed, "a plain call on a secure espconn, or a secure call on a plain one", "SSL User Manual V2.1, 5",
		"works for some calls and crashes in others",
		"use espconn_secure_* on secure connections alone, and on them nothing else but espconn_regist_*cb and espconn_port"},
	{RuleOtherRole, "a call for another role than the espconn's: a connect on a server, a delete on a client, an accept on UDP",
		"docs/tables/manual-profile.md #37", "does not look at the role: the result is in docs/tables/mixed-uses.md",
		"give each connection an espconn of its own; disconnect ends a client, delete a server or a UDP port"},
	{RuleDeafServer, "an espconn_accept on a port that is taken", "docs/facts/espconn.md 5.2",
		"returns 0 and listens on no port", "take another local_port"},
	{RuleClock, "a connect while the clock reads 0: in the first second after boot, without the time of SNTP",
		"docs/facts/axtls.md 10.2", "returns -16: it wants the time before it connects", "set the time by SNTP first, or connect later"},
	{RuleOneInterface, "in STATIONAP_MODE a datagram to 255.255.255.255 or to a multicast group", "docs/facts/espconn.md 5.8",
		"sends it through the default interface alone, the soft-AP: nothing reaches the station's network",
		"wifi_set_broadcast_if: 3 sends a broadcast to both; 1 sends both kinds to the station's network, 2 to the soft-AP's"},
	{RuleMaxConLate, "espconn_tcp_set_max_con after espconn_accept", "docs/facts/espconn.md 5.12",
		"lets the server keep the number of connections that it got at espconn_accept, and resets one more",
		"call espconn_tcp_set_max_con before espconn_accept, or espconn_tcp_set_max_con_allow after both"},
	{RuleMaxConBelow, "espconn_tcp_set_max_con_allow with less than the server has", "docs/facts/espconn.md 5.12",
		"compares for equality, so that the server then takes any number of connections",
		"close connections first, or set the allowance before clients come"},
	{RuleNotInV10, "a function that the manual V1.0 does not have", "SSL User Manual V1.0, 4",
		"does not have the function", "take an SDK of manual V2.1, or do without"},
	{RuleMdnsOnce, "an espconn_mdns_init after the announcements of this boot", "docs/facts/espconn.md 5.20",
		"answers questions for the service, but announces nothing any more: who only listens does not hear of the new name or address",
		"call espconn_mdns_init once a boot, when the address that it tells is final; restart to announce another one"},
	{RuleMdnsAddress, "an espconn_mdns_init with the address 0.0.0.0", "docs/facts/espconn.md 5.20",
		"prints `mdns ip error!` and starts nothing: nobody hears of the service",
		"put the interface's address into ipAddr (wifi_get_ip_info), from the Wi-Fi event EVENT_STAMODE_GOT_IP on"},
	{RuleTrivialDH, "a Diffie-Hellman value with which anyone can compute the secret", "docs/facts/tls.md 3.2",
		"goes on: its check of the range has no effect", "do not rely on DHE suites: let the peer take RSA key exchange"},
	{RuleStreamSpoilt, "a zero-window probe with a byte that the firmware never sent, which the peer has taken",
		"docs/facts/lwip.md 5.5",
		"sends the first byte of the old frame, the destination's MAC address, in place of data that was sent before, and never " +
			"corrects it",
		"let the peer read at once, so that its receive window stays at 2920 bytes or more, and carry a checksum in the protocol " +
			"(TLS has one), so that the peer notices and the data is sent again; no setting of the SDK helps"},
	{RuleFatal, "a call after which the SDK crashes", "docs/facts/tls.md 5, 8",
		"reads or writes through a bad pointer and resets", "do not make the call in the state that the finding names"},

	{RuleTimerFunction, "os_timer_arm of a timer without function", "docs/facts/sdk-surface.md, osapi.h",
		"prints `timer:... cb is null` and does not arm it", "call os_timer_setfn before"},
	{RuleFormat,
		"a directive of os_printf or os_sprintf that their formatters do not know: floats, and in a buffer precisions and long long",
		"docs/facts/sdk-surface.md, os_sprintf", "writes the directive itself and takes no argument for it",
		"cut texts yourself (os_memcpy), and write a number of 64 bits in two halves, a fraction as two whole numbers"},
	{RuleTimerArmed, "os_timer_setfn on an armed timer", "docs/facts/sdk-surface.md, osapi.h",
		"loses the timer from its list", "call os_timer_disarm before"},
	{RuleTimerRange, "a timer of more than 6,870,947 ms, or of more than 428,496 ms after system_timer_reinit",
		"docs/facts/sdk-surface.md, os_timer_arm",
		"prints `err3,exceed max time value` (`err1` or `err2` after system_timer_reinit) and does not arm the timer",
		"arm a shorter timer and count how often it fires"},
	{RuleTimerFine, "os_timer_arm_us without system_timer_reinit", "docs/facts/sdk-surface.md, os_timer_arm_us",
		"takes the number for milliseconds", "call system_timer_reinit first in user_init"},
	{RuleSleepTooLong, "a deep sleep of 2^31 cycles of the RTC or more, about 3 h 25 min", "docs/facts/sdk-surface.md, system_deep_sleep",
		"prints `deep sleep too long`, returns false and stays awake",
		"sleep several times, and count the sleeps in RTC memory; system_rtc_clock_cali_proc gives the length of a cycle"},
	{RuleRTCOverSleep, "a value of system_get_rtc_time kept in RTC memory over a deep sleep",
		"docs/facts/sdk-surface.md, system_get_rtc_time",
		"starts the counter at 0 at the wake: the difference is no time that has passed",
		"keep the length of the sleep that was asked for instead, and add it at the wake"},
	{RuleSettingsWear, "Wi-Fi settings that are changed and saved again and again", "docs/facts/sdk-surface.md, Flash",
		"erases two of the three sectors of the system parameters at each change, until they are worn",
		"save what changes seldom; wifi_station_set_config_current and the other functions in _current save nothing"},
	{RuleTaskQueue, "an event for a task whose queue is full", "docs/facts/sdk-surface.md, user_interface.h",
		"drops the event and returns false",
		"give system_os_task a longer queue, look at the result, and return to the SDK: tasks run between callbacks only"},
	{RuleTaskNone, "an event for a priority without task", "docs/facts/sdk-surface.md, user_interface.h",
		"drops the event and returns false", "call system_os_task with that priority, 0 to 2, before"},
	{RuleRegister, "an access to a register that the emulator knows nothing of", "docs/facts/sdk-surface.md, Registers",
		"does what the register is for; here it holds what was last written",
		"expect nothing from it in the emulator; each register is found once a boot"},
	{RuleFlashAlign, "a flash write at an address that is no multiple of 4", "docs/facts/sdk-surface.md, spi_flash.h",
		"returns SPI_FLASH_RESULT_ERR", "write whole words at word addresses"},
	{RuleFlashErased, "a flash write that should set bits", "docs/facts/sdk-surface.md, spi_flash.h",
		"keeps the bits that are clear: what is read back is neither the old nor the new data", "erase the sector before"},
	{RuleFlashSystem, "a flash write or erasure in the system's last five sectors", "docs/facts/sdk-surface.md, spi_flash.h",
		"loses RF calibration or its Wi-Fi settings", "take sectors before them"},
	{RuleBadFree, "os_free of an address that is no block of the heap, or not any more", "docs/facts/sdk-surface.md, mem.h",
		"damages its heap and crashes later, somewhere else", "free each block once, and set the pointer to NULL"},
	{RuleAstray, "a load or a store to the heap outside the firmware's blocks: behind the end of one, or in one that was freed",
		"docs/facts/sdk-surface.md, mem.h",
		"reads or overwrites what lies there by then, and crashes later, somewhere else",
		"stay within the size that was asked for, and set the pointer to NULL where the block is freed"},
	{RuleStack, "functions that take more of the stack than there is", "docs/facts/lx106.md 10.4",
		"overwrites what lies below the stack, and crashes later, somewhere else",
		"make large local variables static or take them from the heap, and call less deeply"},
	{RuleKeptStack, "a timer that is armed, an espconn that connects or listens, or the queue of a task in a local variable",
		"docs/facts/sdk-surface.md, Lifetime of structs",
		"keeps the address, and reads and writes what lies there when the function has returned",
		"make it static or global, or take it from the heap until the SDK is through with it"},
	{RuleKeptFreed, "os_free of a block in which a timer is armed or a task's queue lies", "docs/facts/sdk-surface.md, Lifetime of structs",
		"goes on using the block: it calls what lies there by then, and crashes later, somewhere else",
		"call os_timer_disarm before the block is freed; a task's queue stays for good"},
	{RuleGoroutine, "a call of the SDK by Go firmware on another goroutine than the device's", "docs/facts/sdk-surface.md, start order",
		"has one thread of execution: everything runs to its end in callbacks",
		"call it in a callback, a timer or a task; from outside, in Device.Do"},
	{RuleSleep, "Go firmware that waits in a callback: time.Sleep, a channel, a lock", "docs/facts/sdk-surface.md, Watchdogs",
		"stands still meanwhile, and its watchdog resets it after 1.6 to 3.2 s", "return, and go on in a timer"},
}

// Rules returns all API checks, those of the system calls included, in the order of the list.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// RuleByID returns the rule of a finding.
func RuleByID(id string) (Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}
