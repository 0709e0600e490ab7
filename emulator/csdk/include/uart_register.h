#include "driver/uart_register.h"
