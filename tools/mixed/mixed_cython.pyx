# cython: language_level=3


cdef class Total:
    cdef readonly long value

    def add(self, long number):
        self.value += number
        if self.value < 0:
            raise ValueError(self.value)
        return self
