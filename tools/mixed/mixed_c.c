#include <Python.h>
#include <math.h>

static PyObject *root(PyObject *module, PyObject *number)
{
    double value = PyFloat_AsDouble(number);
    if (PyErr_Occurred())
        return NULL;
    return PyFloat_FromDouble((double)sqrtl((long double)value));
}

static PyMethodDef methods[] = {{"root", root, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "mixed_c", NULL, -1, methods};

PyMODINIT_FUNC PyInit_mixed_c(void)
{
    return PyModule_Create(&definition);
}
