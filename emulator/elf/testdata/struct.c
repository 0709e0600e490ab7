/* A program that has been compiled with headers of its own: struct station_config has SIZE bytes. */
struct station_config {
	unsigned char bytes[SIZE];
};

struct station_config config;
const char version[] = TEXT;

void user_init(void)
{
	config.bytes[0] = version[0];
}
