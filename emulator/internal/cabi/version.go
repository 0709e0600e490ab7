package cabi

// Versions of the SDK whose prototypes and struct layouts there are (sdk-surface.md, Versions).
const (
	SDK20 = 20000
	SDK21 = 20100
	SDK22 = 20200
	SDK30 = 30000
)
