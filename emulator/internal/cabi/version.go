package cabi

// Versions of the SDK whose prototypes and struct layouts there are (sdk-surface.md, Versions).
const (
	SDK20 = 20000
	SDK21 = 20100
	SDK22 = 20200
	SDK30 = 30000
)

// StructSizes returns the bytes of structs by their name in C, as the headers of a version of the SDK lay them out (espconn.md 2;
// sdk-surface.md, Versions).
func StructSizes(version int) map[string]uint32 {
	config, _ := configLayout(version)
	return map[string]uint32{"espconn": connSize, "station_config": config}
}
