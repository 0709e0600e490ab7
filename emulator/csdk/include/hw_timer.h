#include "driver/hw_timer.h"
