package trace

// Source is the part of a device, or of the SDK, that an event comes from. Its text form is the word in String.
type Source uint8

// The sources.
const (
	_              Source = iota
	SourceDevice          // the firmware's life: boot, restart, crash
	SourceHeap            // the heap
	SourceFlash           // the flash chip
	SourceWiFi            // the station and the soft-AP
	SourceUART            // UART0
	SourceUART1           // UART1
	SourcePin             // a GPIO pin
	SourcePWM             // the SDK's PWM
	SourceI2C             // a transfer on an I2C bus
	SourceCPU             // the CPU works for long
	SourceNet             // the TCP/IP stack
	SourceAPI             // a call of the network API
	SourceCallback        // a callback of the network API
	SourceTLS             // a TLS connection
	SourceLog             // a line that the SDK itself prints
	SourceFinding         // misuse that the API checks found
)

var sources = [...]string{"",
	"device", "heap", "flash", "wifi", "uart", "uart1",
	"pin", "pwm", "i2c", "cpu", "net", "api", "callback", "tls", "log", "finding",
}

// Sources returns all sources.
func Sources() []Source { return all[Source](len(sources)) }

// String returns the source's word, "wifi" for SourceWiFi; "" for 0 and "?" for a value that has none.
func (s Source) String() string { return word(sources[:], int(s)) }

// MarshalText returns the source's word.
func (s Source) MarshalText() ([]byte, error) { return marshal("source", sources[:], int(s)) }

// UnmarshalText takes a word of String.
func (s *Source) UnmarshalText(text []byte) error {
	i, err := unmarshal("source", sources[:], text)
	*s = Source(i)
	return err
}
