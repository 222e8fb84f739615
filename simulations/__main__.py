r"""`python -m simulations QUANTITY …`: print an estimate with its interval."""

import sys

try:
    from simulations.agreement import AgreementError
    from simulations.interface import estimated_answer, front_door_options
    from theory.interface import FrontDoor
except ModuleNotFoundError as error:  # a light installation: the extras name what is missing
    sys.exit(f"error: {error}: the command lines come with pip install 'prompt-attention-verification[theory]'")

door = FrontDoor(
    "simulations",
    "Simulations: estimates with intervals that hold although sampling stops early.",
    refusals=(AgreementError,),
    answer=estimated_answer,
    options=front_door_options,
)


if __name__ == "__main__":
    sys.exit(door.run())
