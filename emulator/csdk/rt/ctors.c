/* The list of constructors that firmware in C++ goes through by itself in user_init. Here they have been called before, so there is
 * one entry that does nothing. Compiled without -flto, which does not know what the names are. Linked if the firmware asks for the
 * list. Own text of emu8266, MIT licence. */
static void constructed(void) {}

struct list {
	void (*first[1])(void), (*end[1])(void);
};
struct list esp_constructors = {{constructed}, {0}};
__asm__(".globl __init_array_start\n__init_array_start = esp_constructors\n"
	".globl __init_array_end\n__init_array_end = esp_constructors+4\n");
